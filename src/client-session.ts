// Keeps a socket client signed in: it signs in again when the socket is back, and calls wait for that.
import type { Application, HookContext, NextFunction } from '@feathersjs/feathers'
import { unavailable } from './errors.js'

/** The client's part of socket.io. */
interface ClientSocket {
  connected: boolean
  on: (event: 'connect', listener: () => void) => unknown
}

/** After a sign-in that the service could not take, the client waits this long. */
const pauseMs = 1000
/** A call that waits looks this often whether it may go. */
const lookMs = 20

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const isRefused = (error: unknown): boolean => (error as { code?: unknown }).code === 401

/** `waitMs`: a call fails when the client is not signed in again after this time. */
export function staySignedIn(client: Application, socket: ClientSocket, waitMs: number): void {
  /** The client has signed in, and not out, and the service has not refused its token since. */
  let signedIn = false
  /** While the client is signing in again: it ends when that is done, whatever the result. */
  let returning: Promise<void> | undefined

  async function signInAgain(): Promise<void> {
    while (signedIn && socket.connected) {
      try {
        // The parameters tell this sign-in from the user's own.
        await client.reAuthenticate(true, undefined, { returning: true } as object)
        return
      } catch (error) {
        if (isRefused(error)) signedIn = false
        else await pause(pauseMs)
      }
    }
  }
  const comeBack = (): Promise<void> =>
    (returning ??= signInAgain().finally(() => {
      returning = undefined
    }))

  const isBack = () => !signedIn || (socket.connected && !returning)

  /** Waits until the socket is open and signed in again; 503 when that takes too long. */
  async function ready(): Promise<void> {
    const deadline = Date.now() + waitMs
    while (!isBack()) {
      if (Date.now() >= deadline) throw unavailable()
      await pause(lookMs)
    }
  }

  async function signedInCall(context: HookContext, next: NextFunction) {
    const { params, path, method, service } = context
    if (params['returning']) return next()
    await ready()
    try {
      await next()
    } catch (error) {
      // A 401 has done nothing, so the call may be repeated.
      if (!isRefused(error) || !signedIn || path === 'authentication' || params['repeated']) throw error
      await comeBack()
      if (!signedIn) throw error
      const args = context.arguments.slice(0, -1) as unknown[]
      context.result = await service[method](...args, { ...params, repeated: true })
    }
  }

  client.on('login', () => {
    signedIn = true
  })
  client.on('logout', () => {
    signedIn = false
  })
  socket.on('connect', () => {
    if (signedIn) void comeBack()
  })
  client.hooks([signedInCall])
}
