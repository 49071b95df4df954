// The form that makes an invite.
import './new.css'
import { useRef, useState } from 'preact/hooks'
import { newKey } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { Button, Heading, Notice } from '../../kit/parts.js'
import { useCall } from '../session-context.js'
import type { Invite } from '../types.js'
import { bodyOf, emptyDraft, type Draft } from './draft.js'
import { EndsPart, LanguagePart } from './ends.js'
import { Made } from './made.js'
import { MorePart } from './more.js'
import { problemsFrom, problemsOf, sentenceOf, type Problems } from './problems.js'
import { carriers, ReachPart } from './reach.js'
import { WhatPart } from './what.js'

interface NewInviteProps {
  onMade: (invites: Invite[]) => void
  /** Whether the caller is an administrator, who may make others administrators. */
  isAdmin?: boolean
}

/** A call with its key: the same for the same filled form, so that however often it is sent, one invite is made. */
interface Prepared {
  draft: Draft
  body: object
  key: string
}

const firstDraft = () => emptyDraft(carriers.email ? 'email' : 'link')

/** Leads the keyboard to the first field that has a problem. */
const focusProblem = (form: HTMLFormElement) =>
  requestAnimationFrame(() =>
    form.querySelector<HTMLElement>('[aria-invalid="true"], .picker input, .picker button')?.focus()
  )

/** `onMade` gets the invites as the service answered them: a bearer link has its `link` in this answer alone. */
export function NewInvite({ onMade, isAdmin = false }: NewInviteProps) {
  const call = useCall()
  const [draft, setDraft] = useState(firstDraft)
  const [problems, setProblems] = useState<Problems>({})
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<Invite>()
  const prepared = useRef<Prepared | undefined>(undefined)
  const isRunning = useRef(false)

  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const fail = (form: HTMLFormElement, found: Problems, sentence: string) => {
    setProblems(found)
    setTrouble(sentence)
    focusProblem(form)
  }

  async function send(form: HTMLFormElement) {
    const missing = problemsOf(draft)
    if (Object.keys(missing).length > 0) return fail(form, missing, words.say('inviter.new.check'))
    if (prepared.current?.draft !== draft) {
      prepared.current = { draft, body: bodyOf(draft, Date.now()), key: newKey() }
    }
    isRunning.current = true
    setBusy(true)
    fail(form, {}, '')
    const { body, key } = prepared.current
    try {
      const answer = await call<Invite>('POST', 'invite', { body, key })
      setMade(answer.body)
      onMade([answer.body])
    } catch (error) {
      const found = problemsFrom(error)
      fail(form, found ?? {}, found ? words.say('inviter.new.check') : sentenceOf(error))
    }
    isRunning.current = false
    setBusy(false)
  }

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!isRunning.current && event.currentTarget instanceof HTMLFormElement) void send(event.currentTarget)
  }
  /** The next invite is often of the same kind: all but its recipient stays. */
  const another = () => {
    setMade(undefined)
    change({ email: '', phone: '', code: '', member: undefined })
  }

  if (made) {
    return <Made invite={made} memberName={draft.member?.name} targetName={draft.target?.name} onAnother={another} />
  }
  return (
    <form class="maker-page stack" noValidate onSubmit={submit}>
      <Heading>{words.say('inviter.new.title')}</Heading>
      <WhatPart draft={draft} change={change} problems={problems} />
      <ReachPart draft={draft} change={change} problems={problems} />
      <EndsPart draft={draft} change={change} problems={problems} />
      {draft.reach !== 'link' && draft.reach !== 'member' && <LanguagePart draft={draft} change={change} />}
      <MorePart draft={draft} change={change} problems={problems} isAdmin={isAdmin} />
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <div class="row">
        <Button kind="primary" type="submit" busy={busy}>
          {words.say(draft.reach === 'link' ? 'inviter.new.make-link' : 'inviter.new.send')}
        </Button>
      </div>
    </form>
  )
}
