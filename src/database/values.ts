// Collects the values of a statement and hands out their placeholders, each with its type.
export class Values {
  constructor(readonly list: unknown[] = []) {}

  add(value: unknown, type: string): string {
    this.list.push(value)
    return `$${this.list.length}::${type}`
  }
}
