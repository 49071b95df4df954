// Queues in memory: work under one key runs one after the other in this process.

/** The last work in each queue. */
const last = new Map<string, Promise<unknown>>()

/** Runs `work` when all earlier work of this key has ended, however it ended. */
export async function inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(key)
  const mine = before ? before.then(work, work) : work()
  last.set(key, mine)
  try {
    return await mine
  } finally {
    if (last.get(key) === mine) last.delete(key)
  }
}
