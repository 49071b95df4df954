// Reads a list of addresses: one on each line, several in a line, or a table in CSV.
import type Papa from 'papaparse'

/** What a row of the list says, and what is wrong with it. */
export interface ListRow {
  /** From 1: the line of a table, or the place in a list. */
  row: number
  address: string
  problem: RowProblem | undefined
}
export type RowProblem = 'malformed' | 'twice' | 'no-texts' | 'no-mails'

export interface ReadOptions {
  parse: typeof Papa.parse
  looksLikeEmail: (text: string) => boolean
  looksLikePhone: (text: string) => boolean
  barePhone: (text: string) => string
  carriers: { email: boolean; sms: boolean }
}

/** The heads of columns that hold addresses, in the order in which they are asked. */
const heads = ['email', 'e-mail', 'e-mail address', 'email address', 'mail', 'token', 'address', 'phone']

/** What people write around an address: quotes, white space, a name before it in brackets, `mailto:`. */
function bare(cell: string): string {
  const text = cell.trim()
  return (/<([^<>]+)>$/.exec(text)?.[1] ?? text).replace(/^mailto:/i, '').trim()
}

/** Splits a cell of a plain list at what may stand between addresses. White space is between them when both are mail. */
const split = (cell: string): string[] =>
  cell
    .split(/[,;\t]/)
    .flatMap((part) => ((part.match(/@/g)?.length ?? 0) > 1 && !part.includes('<') ? part.trim().split(/\s+/) : [part]))

type Cells = { row: number; address: string }[]

/** The cells of some columns, below the line `head`: of each line, the first that is not empty. */
const under = (table: string[][], columns: number[], head: number): Cells =>
  table
    .map((cells, index) => ({ cells, row: index + 1 }))
    .filter(({ cells, row }) => row > head && cells.some((cell) => cell.trim() !== ''))
    .map(({ cells, row }) => ({
      row,
      address: columns.map((column) => bare(cells[column] ?? '')).find((cell) => cell !== '') ?? ''
    }))

/** The column of a table without known heads: the first that has an address. */
function columnOf(table: string[][], isAddress: (text: string) => boolean): number | undefined {
  const columns = table.flatMap((cells) => cells.flatMap((cell, at) => (isAddress(bare(cell)) ? [at] : [])))
  return columns.length > 0 ? Math.min(...columns) : undefined
}

/** In a plain list, a line has one cell, or several addresses. */
const isPlain = (table: string[][], isAddress: (text: string) => boolean) =>
  table.every((cells) => {
    const full = cells.filter((cell) => cell.trim() !== '')
    return full.length < 2 || full.filter((cell) => isAddress(bare(cell))).length > 1
  })

function cellsOf(table: string[][], isAddress: (text: string) => boolean): Cells {
  const [first = []] = table
  const words = first.map((cell) => cell.trim().toLowerCase())
  const named = heads.map((name) => words.indexOf(name)).filter((column) => column >= 0)
  if (named.length > 0) return under(table, named, 1)
  const column = isPlain(table, isAddress) ? undefined : columnOf(table, isAddress)
  // A first line without an address has the heads of the columns.
  if (column !== undefined) return under(table, [column], isAddress(bare(first[column] ?? '')) ? 0 : 1)
  return table
    .flatMap((cells) => cells.flatMap(split))
    .map(bare)
    .filter((address) => address !== '')
    .map((address, index) => ({ row: index + 1, address }))
}

/** The rows of the list, each judged. The service judges the good ones again. */
export function readList(text: string, options: ReadOptions): ListRow[] {
  const { parse, looksLikeEmail, looksLikePhone, barePhone, carriers } = options
  const isAddress = (cell: string) => looksLikeEmail(cell) || looksLikePhone(cell)
  // A file from a spreadsheet may begin with a mark of its encoding.
  const { data: table } = parse<string[]>(text.replace(/^\ufeff/, '').trimEnd(), {
    delimitersToGuess: [',', ';', '\t']
  })
  const seen = new Set<string>()
  return cellsOf(table, isAddress).map(({ row, address: cell }) => {
    const isPhone = looksLikePhone(cell)
    const address = isPhone ? barePhone(cell) : cell
    if (!isPhone && !looksLikeEmail(address)) return { row, address, problem: 'malformed' }
    const isTwice = seen.has(address.toLowerCase())
    seen.add(address.toLowerCase())
    if (isTwice) return { row, address, problem: 'twice' }
    if (isPhone && !carriers.sms) return { row, address, problem: 'no-texts' }
    return { row, address, problem: !isPhone && !carriers.email ? 'no-mails' : undefined }
  })
}
