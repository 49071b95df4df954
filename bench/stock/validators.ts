import { Ajv, addFormats } from '@feathersjs/schema'

const formats = ['date-time', 'email', 'uuid'] as const

export const dataValidator = addFormats(new Ajv({}), [...formats])
export const queryValidator = addFormats(new Ajv({ coerceTypes: true }), [...formats])
