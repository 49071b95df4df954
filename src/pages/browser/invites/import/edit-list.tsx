// The first step of inviting a list: the addresses, and what all invites have in common.
import { useId, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Field, Notice } from '../../kit/parts.js'
import type { Draft } from '../new/draft.js'
import { EndsPart, LanguagePart } from '../new/ends.js'
import type { Problems } from '../new/problems.js'
import { WhatPart } from '../new/what.js'

interface EditListProps {
  text: string
  onText: (text: string) => void
  draft: Draft
  change: (change: Partial<Draft>) => void
  problems: Problems
  trouble: string
  busy: boolean
  onCheck: () => void
}

const largestFile = 1024 * 1024

/** The text of a file, or the sentence that says why it cannot be read. */
async function textOf(file: File): Promise<{ text: string } | { trouble: string }> {
  if (file.size > largestFile) return { trouble: words.say('inviter.import.too-large') }
  const text = await file.text()
  return text.includes('\0') ? { trouble: words.say('inviter.import.not-text') } : { text }
}

function FilePart({ onText }: { onText: (text: string) => void }) {
  const id = useId()
  const [trouble, setTrouble] = useState('')
  const [isOver, setOver] = useState(false)
  async function read(file: File | undefined) {
    if (!file) return
    const found = await textOf(file)
    setTrouble('trouble' in found ? found.trouble : '')
    if ('text' in found) onText(found.text)
  }
  return (
    <div
      class={`drop ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void read(event.dataTransfer?.files[0])
      }}
    >
      <label for={id}>{words.say('inviter.import.file')}</label>
      <input
        id={id}
        type="file"
        accept=".csv,.txt,text/csv,text/plain"
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
      />
      <p class="hint" id={`${id}-hint`}>
        {words.say('inviter.import.file-hint')}
      </p>
      <div role="alert">{trouble && <p class="problem">{trouble}</p>}</div>
    </div>
  )
}

export function EditList({ text, onText, draft, change, problems, trouble, busy, onCheck }: EditListProps) {
  return (
    <form
      class="stack parts"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) onCheck()
      }}
    >
      <Field label={words.say('inviter.import.paste')} hint={words.say('inviter.import.paste-hint')}>
        {(attributes) => (
          <textarea
            {...attributes}
            rows={6}
            dir="ltr"
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => onText(currentTarget.value)}
          />
        )}
      </Field>
      <FilePart onText={onText} />
      <WhatPart draft={draft} change={change} problems={problems} />
      <EndsPart draft={draft} change={change} problems={problems} />
      <LanguagePart draft={draft} change={change} />
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <div class="row">
        <Button kind="primary" type="submit" busy={busy}>
          {words.say('inviter.import.check')}
        </Button>
      </div>
    </form>
  )
}
