// Names of Feathers. It replaces its CommonJS module by a function, so Node finds no names to import.
import feathersModule from '@feathersjs/feathers'

/** The methods of a service, and the HTTP method of each. */
export type Method = 'find' | 'get' | 'create' | 'patch' | 'remove'
export const httpMethods: Record<Method, string> = {
  find: 'GET',
  get: 'GET',
  create: 'POST',
  patch: 'PATCH',
  remove: 'DELETE'
}

export const { createContext, getServiceOptions } = feathersModule
