// Who is connected to this process, by user.
import type { RealTimeConnection } from '@feathersjs/feathers'

export class Connections {
  private readonly byUser = new Map<string, Set<RealTimeConnection>>()
  private readonly users = new WeakMap<RealTimeConnection, string>()

  add(userId: string, connection: RealTimeConnection) {
    this.remove(connection)
    const known = this.byUser.get(userId) ?? new Set()
    this.byUser.set(userId, known.add(connection))
    this.users.set(connection, userId)
  }

  remove(connection: RealTimeConnection) {
    const userId = this.users.get(connection)
    if (userId === undefined) return
    this.users.delete(connection)
    const known = this.byUser.get(userId)
    known?.delete(connection)
    if (known?.size === 0) this.byUser.delete(userId)
  }

  get isEmpty(): boolean {
    return this.byUser.size === 0
  }

  has(userId: string): boolean {
    return this.byUser.has(userId)
  }

  of(userId: string): RealTimeConnection[] {
    return [...(this.byUser.get(userId) ?? [])]
  }
}
