// The second step of inviting a list: what is good, what is not, and the button that sends it.
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import type { ListRow, RowProblem } from './read-list.js'
import { RowTable } from './row-table.js'

interface CheckListProps {
  rows: ListRow[]
  onSend: () => void
  onEdit: () => void
}

export const wordsOfProblem = (problem: RowProblem) => words.say(`inviter.import.${problem}`)

export function CheckList({ rows, onSend, onEdit }: CheckListProps) {
  const bad = rows.filter(({ problem }) => problem)
  const good = rows.length - bad.length
  // The rows that a person must look at stand first.
  const sorted = [...bad, ...rows.filter(({ problem }) => !problem)].map(({ problem, ...row }) => ({
    ...row,
    problem: problem && wordsOfProblem(problem)
  }))
  return (
    <div class="stack parts">
      <Notice kind={bad.length > 0 ? 'note' : 'good'}>
        <p>{words.count('inviter.import.good', good)}</p>
        {bad.length > 0 && <p>{words.count('inviter.import.bad', bad.length)}</p>}
      </Notice>
      <RowTable caption={words.say('inviter.import.paste')} rows={sorted} />
      <div class="row">
        {good > 0 && (
          <Button kind="primary" onClick={onSend}>
            {words.count('inviter.import.start', good)}
          </Button>
        )}
        <Button onClick={onEdit}>{words.say('inviter.import.edit')}</Button>
      </div>
    </div>
  )
}
