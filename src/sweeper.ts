// Runs the sweeps that it is given, once a minute. No call waits for them, and several processes may sweep at once.
import type { Logger } from 'pino'

const everyMs = 60_000

/** Deletes or marks old rows of one table. It must be safe to run beside itself, in another process. */
export type Sweep = () => Promise<unknown>

export class Sweeper {
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined

  constructor(
    private readonly logger: Logger,
    private readonly sweeps: Sweep[]
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sweep()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'sweeping failed'))
        .finally(() => {
          this.running = undefined
        })
    }, everyMs)
    this.timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.running
  }

  /** Runs the sweeps one after the other, so that they never take more than one connection from the calls. */
  async sweep(): Promise<void> {
    for (const sweep of this.sweeps) await sweep()
  }
}
