// The map: what the application is made of, in types only.
import type { Application as FeathersApplication, HookContext as FeathersHookContext } from '@feathersjs/feathers'
import type { Application as KoaApplication } from '@feathersjs/koa'
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import type { Caller } from './callers/caller.js'
import type { Callers } from './callers/callers.js'
import type { AccessTokens } from './callers/tokens.js'
import type { Config } from './config.js'
import type { Database } from './database/statement.js'
import type { DeliveryWorker } from './delivery/worker.js'
import type { Gate, InFlight } from './limits/overload.js'
import type { Connections } from './realtime/connections.js'
import type { Quotas } from './limits/quotas.js'
import type { ServiceTypes } from './services/index.js'

export type { ServiceTypes }

/** What verbs and services need beside their arguments: made once by createApp, never replaced. */
export interface Parts {
  config: Config
  db: Knex
  logger: Logger
  tokens: AccessTokens
  callers: Callers
  connections: Connections
  inFlight: InFlight
  gate: Gate
  quotas: Quotas
  delivery: DeliveryWorker
}

export interface Settings {
  parts: Parts
  /** The base URL of the server, once it listens. */
  listeningAt: string
  /** Set when the process is told to end. */
  stopping: boolean
  authentication: object
}

export type Application = KoaApplication<ServiceTypes, Settings>
export type HookContext = FeathersHookContext<FeathersApplication<ServiceTypes, Settings>>

/** Who may call a method at all: anybody, whatever token they send; anybody, but a token must be good; the signed-in. */
export type Access = 'public' | 'optional' | 'signed-in'

declare module '@feathersjs/feathers' {
  interface ServiceOptions {
    /** By method; a method that is not named is for the signed-in. */
    access?: Record<string, Access>
    /** Methods that work on the collection as well, without an id, beside find and create. */
    onCollection?: string[]
    /** Methods that work on a row; by default get, patch and remove. */
    onRow?: string[]
  }

  interface Params {
    /** Who calls; absent for nobody, and on `public` methods. */
    caller?: Caller | undefined
    /** Whence: the socket's address, or what a trusted proxy says it is. */
    ip?: string | undefined
    /** With an Idempotency-Key: keeps the answer, in the transaction that the answer tells of. */
    keepAnswer?: ((db: Database, answer: object) => Promise<void>) | undefined
  }
}
