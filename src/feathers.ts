// Functions that Feathers exports only to CommonJS: it replaces its module by a function, where Node finds no names.
import feathersModule from '@feathersjs/feathers'

export const { createContext, getServiceOptions } = feathersModule
