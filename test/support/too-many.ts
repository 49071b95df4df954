// Each 429 must say the same: which limit, and until when, in its data, its header and its words.
import { expect } from 'vitest'
import type { Reply } from './people.js'

/** 429, of a limit of this name where it is given, that says when to come back. */
export function expectTooMany(reply: Reply, mostSeconds: number, name?: string) {
  expect([reply.status, reply.text]).toEqual([429, expect.stringContaining('too-many-requests')])
  const seconds = Number(reply.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(mostSeconds)
  expectLimit(reply.body, name)
  expect(Math.abs(Date.parse(reply.body.data.until) - Date.now() - seconds * 1000)).toBeLessThan(10_000)
}

/** The limit in the data and in the words of a 429, over sockets too. */
export function expectLimit(body: Reply['body'], name?: string) {
  const { limit, until } = body.data
  expect(limit).toEqual({ name: name ?? expect.any(String), points: expect.any(Number), seconds: expect.any(Number) })
  expect(until).toBe(new Date(until).toISOString())
  expect(body.message).toContain(`${limit.points} in `)
  expect(body.message).toContain(`${until.slice(0, 10)} ${until.slice(11, 19)} UTC`)
  expect(body.message).not.toMatch(/[{}]/)
}
