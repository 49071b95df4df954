// The judge of the races must see what is wrong, or its verdicts are worth nothing.
import { describe, expect, it } from 'vitest'
import { check, History, seeded, type Model, type Operation } from './support/checker.js'

type Input = { take: string } | { read: true }

/** One thing that one person can take; reading tells whose it is. */
const model: Model<{ owner: string }, Input> = {
  initial: { owner: '' },
  step(state, input) {
    if ('read' in input) return [{ answer: state.owner, state, settled: true }]
    if (state.owner === '') return [{ answer: 'ok', state: { owner: input.take } }]
    return [{ answer: state.owner === input.take ? 'ok' : 'refused', state, settled: true }]
  }
}

const took = (who: string, answer: string | undefined, asked: number, answered: number): Operation<Input> => ({
  input: { take: who },
  answer,
  asked,
  answered: answer === undefined ? Number.POSITIVE_INFINITY : answered
})
const read = (answer: string, asked = 100): Operation<Input> => ({
  input: { read: true },
  answer,
  asked,
  answered: asked + 1
})

describe('the checker of histories', () => {
  it.each([
    [
      'one winner among three at once',
      [took('a', 'refused', 0, 9), took('b', 'ok', 1, 9), took('c', 'refused', 2, 9), read('b')]
    ],
    [
      'a refusal that was asked first, while the winner was at it',
      [took('a', 'refused', 0, 9), took('b', 'ok', 8, 20), read('b')]
    ],
    ['a call without an answer that happened', [took('a', undefined, 0, 9), took('b', 'refused', 1, 9), read('a')]],
    ['a call without an answer that did not happen', [took('a', undefined, 0, 9), took('b', 'ok', 1, 9), read('b')]],
    ['a call without an answer that happened late', [took('a', undefined, 0, 1), read('', 50), read('a', 100)]]
  ])('explains %s', (_name, operations) => {
    expect(check(model, operations).linearizable).toBe(true)
  })

  it.each([
    ['two winners', [took('a', 'ok', 0, 9), took('b', 'ok', 1, 9), read('b')]],
    ['everybody refused', [took('a', 'refused', 0, 9), took('b', 'refused', 1, 9), read('')]],
    ['a refusal that had an effect', [took('a', 'refused', 0, 9), read('a')]],
    ['a success that is not there afterwards', [took('a', 'ok', 0, 9), read('')]],
    [
      'a refusal that was answered before the winner asked',
      [took('a', 'refused', 0, 9), took('b', 'ok', 10, 20), read('b')]
    ],
    ['a read that goes back in time', [took('a', 'ok', 0, 9), read('', 20), read('a', 30)]],
    ['an answer that nothing gives', [took('a', '500', 0, 9), read('')]],
    ['a call without an answer that happened before it was asked', [took('a', undefined, 50, 60), read('a', 10)]]
  ])('does not explain %s', (_name, operations) => {
    const verdict = check(model, operations)
    expect(verdict.linearizable).toBe(false)
    expect(verdict.story.split('\n')).toHaveLength(operations.length)
  })

  it('explains a change that would have changed nothing earlier', () => {
    const register: Model<string, { write: string } | { read: true }> = {
      initial: 'one',
      step: (state, input) =>
        'read' in input ? [{ answer: state, state, settled: true }] : [{ answer: 'ok', state: input.write }]
    }
    const writes = ['two', 'one'].map((write, index) => ({ input: { write }, answer: 'ok', asked: index, answered: 9 }))
    const last = (answer: string) => ({ input: { read: true as const }, answer, asked: 20, answered: 21 })
    expect(check(register, [...writes, last('one')]).linearizable).toBe(true)
    expect(check(register, [...writes, last('two')]).linearizable).toBe(true)
    expect(check(register, [...writes, last('three')]).linearizable).toBe(false)
  })

  it('finds its way through a hundred calls at once', () => {
    const operations = Array.from({ length: 100 }, (_, index) =>
      took(`p${index % 20}`, index % 20 === 7 ? 'ok' : 'refused', index / 100, 50)
    )
    expect(check(model, [...operations, read('p7')]).linearizable).toBe(true)
    expect(check(model, [...operations, read('p8')]).linearizable).toBe(false)
  })

  it('keeps what was asked, answered and never answered', async () => {
    const history = new History<Input>()
    await history.record({ take: 'a' }, async () => 'ok')
    await history.record({ take: 'b' }, async () => {
      throw new Error('the connection was cut')
    })
    const [first, second] = history.operations
    expect([first?.answer, second?.answer, second?.answered]).toEqual(['ok', undefined, Number.POSITIVE_INFINITY])
    expect(first?.answered).toBeGreaterThanOrEqual(first?.asked ?? Number.NaN)
  })

  it('draws the same numbers for the same seed', () => {
    const draw = (seed: number) => {
      const random = seeded(seed)
      return Array.from({ length: 20 }, () => random())
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(3).every((number) => number >= 0 && number < 1)).toBe(true)
  })
})
