// Work on the database, one piece after the other: a worker never takes more than one connection from the calls.

export class Turns {
  private last: Promise<void> = Promise.resolve()

  /** Runs `work` when all work before it has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work)
    this.last = turn.then(
      () => {},
      () => {}
    )
    return turn
  }
}
