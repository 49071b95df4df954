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

/** The cells of the columns that the head names: of each row, the first that is not empty. */
function underHeads(table: string[][], columns: number[]): Cells {
  return table.slice(1).flatMap((cells, index) => {
    const found = columns.map((column) => bare(cells[column] ?? '')).find((cell) => cell !== '')
    const isEmpty = cells.every((cell) => cell.trim() === '')
    return isEmpty ? [] : [{ row: index + 2, address: found ?? '' }]
  })
}

function cellsOf(table: string[][], looksLikeAddress: (text: string) => boolean): Cells {
  const head = (table[0] ?? []).map((cell) => cell.trim().toLowerCase())
  const named = heads.map((name) => head.indexOf(name)).filter((column) => column >= 0)
  if (named.length > 0) return underHeads(table, named)
  const isList = table.every((cells) => {
    const full = cells.filter((cell) => cell.trim() !== '')
    return full.length < 2 || full.filter((cell) => looksLikeAddress(bare(cell))).length > 1
  })
  if (!isList) {
    const width = Math.max(...table.map((cells) => cells.length))
    const column = Array.from({ length: width }, (_, at) => at).find((at) =>
      table.some((cells) => looksLikeAddress(bare(cells[at] ?? '')))
    )
    // A head without a name that is known stands over the column, and is no address.
    const first = table[0]?.some((cell) => looksLikeAddress(bare(cell))) ? [] : table.slice(0, 1)
    if (column !== undefined) return underHeads([...(first.length ? [] : [[]]), ...table], [column]).map((cell) =>
      first.length ? cell : { ...cell, row: cell.row - 1 }
    )
  }
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
  const { data: table } = parse<string[]>(text.replace(/^\ufeff/, '').trim(), { delimitersToGuess: [',', ';', '\t'] })
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
