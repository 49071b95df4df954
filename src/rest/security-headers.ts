// The security headers of every reply.
import type { ServerResponse } from 'node:http'
import type { Middleware } from '@feathersjs/koa'
import helmet from 'helmet'

/** Helmet's headers are the same for every request. To ask for them at each call costs as much as a small reply. */
function headersOfHelmet(): [name: string, value: string][] {
  const headers: [string, string][] = []
  const response: Pick<ServerResponse, 'removeHeader'> & { setHeader: (name: string, value: string) => void } = {
    setHeader: (name, value) => void headers.push([name, value]),
    removeHeader: () => {}
  }
  helmet()({} as never, response as ServerResponse, () => {})
  return headers
}

export function securityHeaders(): Middleware {
  const headers = headersOfHelmet()
  return (ctx, next) => {
    for (const [name, value] of headers) ctx.res.setHeader(name, value)
    return next()
  }
}
