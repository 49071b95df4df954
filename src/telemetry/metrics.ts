// /metrics for Prometheus: the metrics of Node, and the durations of requests.
import type { Middleware } from '@feathersjs/koa'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { methodNotAllowed } from '../errors.js'

export interface Metrics {
  /** For the metrics of others. */
  registry: Registry
  observe: (method: string, status: number, seconds: number) => void
  page: Middleware
}

/** Each application has its own registry, so that several can live in one process. */
export function metrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by method and status.',
    labelNames: ['method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry]
  })
  return {
    registry,
    observe: (method, status, seconds) => requests.observe({ method, status }, seconds),
    page: async (ctx, next) => {
      if (ctx.path !== '/metrics') return next()
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
      ctx.type = registry.contentType
      ctx.body = await registry.metrics()
    }
  }
}
