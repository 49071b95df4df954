// The newest results of the messages of a medium. The worker gives a withheld message a result like theirs, after as
// long a time: the inviter reads the time and the result of each attempt, and must not recognise such a message.
import { setTimeout as sleep } from 'node:timers/promises'
import { NotSent, type Carrier } from './message.js'

/** So many of the newest attempts count. */
const remembered = 20
/** In milliseconds, until the first message was sent. */
const usual = 150

export class Likeness {
  /** How long the newest attempts took that succeeded, in milliseconds. */
  private readonly durations: number[] = []
  /** The error of the newest attempt, if it may be tried again. */
  private setback: NotSent | undefined

  succeeded(ms: number): void {
    this.setback = undefined
    this.durations.push(ms)
    if (this.durations.length > remembered) this.durations.shift()
  }

  /** A refusal for good is about one recipient, and says nothing of the others. */
  failed(error: NotSent): void {
    if (!error.forGood) this.setback = error
  }

  /** Sends nothing. It takes as long as a carrier, and fails while that fails. */
  readonly carrier: Carrier = {
    send: async () => {
      const { durations, setback } = this
      await sleep(durations[Math.floor(Math.random() * durations.length)] ?? usual)
      if (setback) throw setback
      return undefined
    }
  }
}
