// Invites a list of addresses, in three steps: the list, the check of it, and the sending.
import '../new/new.css'
import './import.css'
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Heading } from '../../kit/parts.js'
import { barePhone, emptyDraft, type Draft } from '../new/draft.js'
import { looksLikeEmail, looksLikePhone, sharedProblems, type Problems } from '../new/problems.js'
import { carriers } from '../new/reach.js'
import { CheckList } from './check-list.js'
import { EditList } from './edit-list.js'
import { newJob } from './job.js'
import { readList, type ListRow } from './read-list.js'
import { SendList } from './send-list.js'
import { useSending } from './use-sending.js'

const mostRows = 5000

/** The reader of CSV comes with the first list, and not with the page. */
async function rowsOf(text: string): Promise<ListRow[]> {
  const { default: papa } = await import('papaparse')
  return readList(text, { parse: papa.parse, looksLikeEmail, looksLikePhone, barePhone, carriers })
}

function countProblem({ length }: ListRow[]): string {
  if (length === 0) return words.say('inviter.import.none')
  if (length <= mostRows) return ''
  return words.say('inviter.import.too-many', { count: words.number(length), most: words.number(mostRows) })
}

/** `onMade` is told after each call that made invites. */
export function ImportInvites({ onMade }: { onMade: () => void }) {
  const sending = useSending(onMade)
  const [text, setText] = useState('')
  const [draft, setDraft] = useState(() => emptyDraft('email'))
  const [problems, setProblems] = useState<Problems>({})
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)
  const [rows, setRows] = useState<ListRow[]>()
  const { job } = sending

  async function check() {
    setBusy(true)
    const found = sharedProblems(draft)
    setProblems(found)
    const read = await rowsOf(text)
    const sentence = countProblem(read) || (Object.keys(found).length > 0 ? words.say('inviter.new.check') : '')
    setTrouble(sentence)
    if (sentence === '') setRows(read)
    setBusy(false)
  }
  const send = () => {
    const { type, target, language, ends, until, from, to } = draft
    if (rows) sending.run(newJob(rows, { type, target, language, ends, until, from, to }))
  }
  const another = () => {
    sending.drop()
    setRows(undefined)
    setText('')
  }

  return (
    <section class="maker-page stack">
      {/* Each step takes the focus, so that the keyboard and a screen reader begin at its top. */}
      <Heading key={job ? 'send' : rows ? 'check' : 'edit'}>{words.say('inviter.import.title')}</Heading>
      {job ? (
        <SendList
          job={job}
          pause={sending.pause}
          isStopping={sending.isStopping}
          trouble={sending.trouble}
          onStop={sending.stop}
          onContinue={() => sending.run(job)}
          onAnother={another}
        />
      ) : rows ? (
        <CheckList rows={rows} onSend={send} onEdit={() => setRows(undefined)} />
      ) : (
        <EditList
          text={text}
          onText={setText}
          draft={draft}
          change={(part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))}
          problems={problems}
          trouble={trouble}
          busy={busy}
          onCheck={() => void check()}
        />
      )}
    </section>
  )
}
