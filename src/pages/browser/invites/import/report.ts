// The report of a list: what became of each row, as CSV.
import type { Job } from './job.js'

/**
 * A spreadsheet runs a cell that begins with one of these as a formula, in Japan the wide ones too. An apostrophe makes it
 * text. Where cells are divided by semicolons or tabs, a cell begins after those in it.
 */
const harmless = (cell: string) => cell.replace(/(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠])/g, `$1'`)

const quoted = (cell: string) => `"${harmless(cell).replaceAll('"', '""')}"`

/** `wordsOf` says a reason in the language of the page. The heads are the same in each language: programs read them. */
export function reportOf({ rows, results }: Job, wordsOf: (reason: string, message: string) => string): string {
  const lines = rows.map(({ row, address, problem }, index) => {
    const result = problem ? { reason: problem as string, message: '' } : results[index]
    const made = result && 'id' in result ? result.id : ''
    const failure = result && 'reason' in result ? result : undefined
    const outcome = failure ? 'failed' : made ? 'invited' : 'open'
    const sentence = failure ? wordsOf(failure.reason, failure.message) : ''
    return [String(row), address, outcome, made, failure?.reason ?? '', sentence]
  })
  const head = ['row', 'address', 'result', 'invite', 'reason', 'words']
  // The mark at the beginning tells a spreadsheet that this is UTF-8.
  return `\ufeff${[head, ...lines].map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`
}
