// Decides whether what clients were told, at once and in whatever order, can have happened one after the other: whether
// the history is linearizable (Wing & Gong, with Lowe's memory of what was tried). An answer that was given must fit the
// state at some moment between question and answer; what was refused must have changed nothing; what was never answered
// may have happened, or not, at any moment after it was asked. The database's content at the end is the last answer.

export interface Operation<Input> {
  input: Input
  /** The answer that the client got; undefined without one: the operation may have happened or not. */
  answer: string | undefined
  /** Moments of question and answer, on one clock. */
  asked: number
  answered: number
}

export interface Outcome<State> {
  answer: string
  state: State
  /** Nothing changes by it, and whoever gets this answer in this state could never change anything by it later. */
  settled?: boolean
}

export interface Model<State, Input> {
  initial: State
  /** The effect of each possible answer. An answer that is not in the list cannot be given in this state. */
  step: (state: State, input: Input) => Outcome<State>[]
}

/** Records operations while they run. */
export class History<Input> {
  readonly operations: Operation<Input>[] = []

  /** Runs a call, and keeps when it was asked and answered. A call that throws was not answered. */
  async record(input: Input, call: () => Promise<string | undefined>): Promise<void> {
    const asked = performance.now()
    let answer: string | undefined
    try {
      answer = await call()
    } catch {
      answer = undefined
    }
    const answered = answer === undefined ? Number.POSITIVE_INFINITY : performance.now()
    this.operations.push({ input, answer, asked, answered })
  }
}

export interface Verdict {
  linearizable: boolean
  /** For people: the history in the order in which it was asked. */
  story: string
}

/** Whether there is an order of the operations that explains every answer. */
export function check<State, Input>(model: Model<State, Input>, operations: Operation<Input>[]): Verdict {
  const sorted = [...operations].sort((one, other) => one.asked - other.asked)
  const story = sorted
    .map(
      ({ input, answer, asked, answered }) =>
        `${asked.toFixed(1)}–${answered.toFixed(1)} ${JSON.stringify(input)} → ${answer ?? 'unknown'}`
    )
    .join('\n')
  return { linearizable: search(model, sorted), story }
}

function search<State, Input>(model: Model<State, Input>, operations: Operation<Input>[]): boolean {
  const tried = new Set<string>()
  const visit = (state: State, left: number[]): boolean => {
    const remaining = absorb(state, left)
    if (remaining.every((index) => operations[index]?.answer === undefined)) return true
    const key = `${remaining.join()}|${JSON.stringify(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    for (const index of possible(remaining)) {
      const operation = operations[index]
      if (!operation) continue
      for (const outcome of outcomes(state, operation)) {
        const rest = remaining.filter((other) => other !== index)
        if (visit(outcome.state, rest)) return true
      }
    }
    return false
  }

  const outcomes = (state: State, { input, answer }: Operation<Input>) =>
    model.step(state, input).filter((outcome) => answer === undefined || outcome.answer === answer)

  /** Those that may be next: nobody was answered before they were asked. */
  const possible = (left: number[]): number[] => {
    const firstAnswer = Math.min(...left.map((index) => operations[index]?.answered ?? Number.POSITIVE_INFINITY))
    return left.filter((index) => (operations[index]?.asked ?? 0) <= firstAnswer)
  }

  /** Takes at once every operation that may be next and is settled: it prevents no other order. */
  const absorb = (state: State, left: number[]): number[] => {
    let remaining = left
    for (;;) {
      const taken = new Set(
        possible(remaining).filter((index) => {
          const operation = operations[index]
          return operation?.answer !== undefined && outcomes(state, operation).some(({ settled }) => settled)
        })
      )
      if (taken.size === 0) return remaining
      remaining = remaining.filter((index) => !taken.has(index))
    }
  }

  return visit(model.initial, [...operations.keys()])
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
