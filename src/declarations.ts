// The types of the application: its services, its settings, and the parameters of calls.
import type { Application as FeathersApplication, HookContext as FeathersHookContext } from '@feathersjs/feathers'
import type { Application as KoaApplication } from '@feathersjs/koa'
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import type { Caller } from './callers/caller.js'
import type { Callers } from './callers/callers.js'
import type { AccessTokens } from './callers/tokens.js'
import type { Config } from './config.js'
import type { Database } from './database/statement.js'
import type { Mailbox } from './delivery/carriers/mailbox.js'
import type { Medium } from './delivery/message.js'
import type { InFlight } from './limits/in-flight.js'
import type { Gate } from './limits/overload.js'
import type { RowLimits } from './limits/row-limit.js'
import type { Quotas } from './limits/quotas.js'
import type { ServiceDocs } from './openapi/service-docs.js'

/** The services by path. Filled in one place, services/index.ts, so that this file imports none of them. */
export interface ServiceTypes {}

/** The delivery of messages, as seen by code that queues them. */
export interface Outbox {
  /** Tells the delivery worker that a message was queued, so that it does not wait for its next poll. */
  wake(): void
  /** Whether messages of this medium have a carrier. */
  carries: (medium: Medium) => boolean
}

/** `app.get(name)`: set once by createApp. Services take what they use from here as constructor arguments. */
export interface Settings {
  config: Config
  db: Knex
  logger: Logger
  tokens: AccessTokens
  callers: Callers
  inFlight: InFlight
  gate: Gate
  quotas: Quotas
  rowLimits: RowLimits
  outbox: Outbox
  /** The messages of a developer's service; undefined where all messages have other carriers. */
  mailbox: Mailbox | undefined
  /** The base URL of the server, once it listens. */
  listeningAt: string
  /** The base URL of links. A function, because it may be known only when the server listens. */
  publicUrl: () => string
  /** True once the process was told to end. */
  stopping: boolean
  /** The configuration of Feathers' authentication service. */
  authentication: object
}

export type Application = KoaApplication<ServiceTypes, Settings>
export type HookContext = FeathersHookContext<FeathersApplication<ServiceTypes, Settings>>

/** A row that a service returns → the caller's view of it. */
export type RowView = (row: never, context: HookContext) => unknown

/**
 * The callers that a method admits. `public`: every caller, and a token is not read. `if-good`: every caller; a good
 * token says who they are, and a bad one counts as none. `optional`: every caller, but a token that was sent must be
 * good. `signed-in`: callers with a good token.
 */
export type Access = 'public' | 'if-good' | 'optional' | 'signed-in'

declare module '@feathersjs/feathers' {
  interface ServiceOptions {
    /** By method; a method that is not named is `signed-in`. */
    access?: Record<string, Access>
    /** Methods that work on the collection as well, without an id, beside find and create. */
    onCollection?: string[]
    /** Methods that work on a row; by default get, patch and remove. */
    onRow?: string[]
    /** The service's part of the OpenAPI document. */
    docs?: ServiceDocs
  }

  interface Params {
    /** The signed-in caller; absent without a token (or without a good one, where `access` says so), and on `public` methods. */
    caller?: Caller | undefined
    /** The client's IP address: the socket's, or the one that a trusted proxy names. */
    ip?: string | undefined
    /** The call has its place in flight: a call that it makes with its own params must not wait for another one. */
    admitted?: true | undefined
    /** Set by the hook `showViews`, for later hooks that store answers. */
    view?: RowView | undefined
    /** With an Idempotency-Key: stores the answer, in the transaction whose outcome it reports. */
    keepAnswer?: ((db: Database, answer: object) => Promise<void>) | undefined
    /** Says in which language people should read of the row that is answered: a language tag. */
    speakIn?: ((locale: string) => void) | undefined
  }
}
