// The bar of the selected invites, and the panel that changes or revokes them with one call.
import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import type { BulkAction } from '../list/filter.js'
import { mostSelected } from '../list/filter.js'
import type { Selection } from '../list/selection.js'
import { EditPanel } from './edit-panel.js'
import { RevokePanel } from './revoke-panel.js'

interface BulkProps {
  selection: Selection
  /** How many invites match the filter of the list. */
  total: number
  loaded: number
  isAdmin: boolean
  action: BulkAction | undefined
  setAction: (action: BulkAction | undefined) => void
}

export function Bulk({ selection, total, loaded, isAdmin, action, setAction }: BulkProps) {
  const [done, setDone] = useState('')
  const { isAll } = selection
  const count = isAll ? total : selection.count
  const isEmpty = count === 0
  useEffect(() => {
    if (isEmpty && action) setAction(undefined)
  }, [isEmpty, action])
  useEffect(() => {
    if (!isEmpty) setDone('')
  }, [isEmpty])

  // The panel is gone, and the element with the focus was in it: the bar gets the focus, or the sentence about the call.
  const buttons = useRef<HTMLSpanElement>(null)
  const outcome = useRef<HTMLDivElement>(null)
  const close = () => {
    setAction(undefined)
    buttons.current?.querySelector('button')?.focus()
  }
  useEffect(() => {
    if (isEmpty && done) outcome.current?.focus()
  }, [isEmpty, done])
  const finish = (sentence: string) => {
    setDone(sentence)
    setAction(undefined)
    selection.clear()
  }
  const panel = { selection, isAdmin, close, finish }
  if (isEmpty) {
    return done ? (
      <div ref={outcome} tabIndex={-1}>
        <Notice kind="good">{done}</Notice>
      </div>
    ) : null
  }
  return (
    <section
      class={`bulk ${action ? 'working' : ''}`}
      aria-label={words.say('inviter.selected-ones')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && action) close()
      }}
    >
      <div class="row">
        <strong role="status">
          {isAll ? words.count('inviter.selected-all', total) : words.count('inviter.selected', count)}
        </strong>
        {!isAll && total > count && (
          <Button kind="plain" class="small" onClick={selection.chooseAll}>
            {words.count('inviter.select-all', total)}
          </Button>
        )}
        <span class="ends row" ref={buttons}>
          <Button class="small" aria-expanded={action === 'edit'} onClick={() => setAction('edit')}>
            {words.say('inviter.edit')}
          </Button>
          <Button class="small" kind="danger" aria-expanded={action === 'revoke'} onClick={() => setAction('revoke')}>
            {words.say('inviter.revoke')}
          </Button>
          <Button kind="plain" class="small" onClick={selection.clear}>
            {words.say('inviter.clear')}
          </Button>
        </span>
      </div>
      {!isAll && loaded > mostSelected && count === mostSelected && (
        <p class="hint">{words.say('inviter.select-limit', { most: words.number(mostSelected) })}</p>
      )}
      {action === 'edit' && <EditPanel {...panel} />}
      {action === 'revoke' && <RevokePanel {...panel} />}
    </section>
  )
}
