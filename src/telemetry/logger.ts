// Logs: JSON lines, one a request, without secrets and addresses.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Config } from '../config.js'

/**
 * An error without the values that it quotes: database errors repeat values in their message, detail and parameters.
 */
function errorForLog(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { code, constraint, table, severity } = error as Error & Record<string, unknown>
  const fromDatabase = typeof severity === 'string'
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(typeof table === 'string' && { table }),
    message: fromDatabase ? `the database refused (${String(code)})` : redacted(error.message),
    stack: stackOf(error)
  }
}

const address = /[^\s"'<>()=,;:]+@[^\s"'<>()=,;]+/g
const phone = /\+\d{7,15}/g
const token = /\b[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}\b|(?:passcode|token)=[\w-]+|#[\w-]{20,}|\/unsubscribe\/[\w-]+/g
/** A text without tokens, passcodes, secrets of links and addresses. */
export const redacted = (text: string) =>
  text.replace(token, '[secret]').replace(address, '[address]').replace(phone, '[address]').slice(0, 500)

/** The stack without the message that it begins with. */
const stackOf = (error: Error) =>
  error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 10)
    .map((line) => line.trim())

/** Writes lines together, a few times a second: one system call a line costs as much as a tenth of a request. */
const standardOutput = () => pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 })

/** Tells the lines of one process from those of others. Process ids alone do not: in a container each is 1. */
const instance = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`

export const createLogger = (config: Pick<Config, 'logLevel'>, to: DestinationStream = standardOutput()): Logger =>
  pino({ level: config.logLevel, base: { instance }, serializers: { err: errorForLog } }, to)

/** For the last line of a process, which is written before it exits. */
export const createLastLogger = (): Logger =>
  createLogger({ logLevel: 'info' }, pino.destination({ dest: 2, sync: true }))
