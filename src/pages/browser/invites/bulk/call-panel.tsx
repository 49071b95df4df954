// The very call that the panel makes, to copy, in four languages. Its token is left out.
import { useId, useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Copy } from '../../kit/parts.js'
import { snippets } from './snippets/index.js'
import type { CallToCopy } from './snippets/call-to-copy.js'

const names = Object.keys(snippets)

/** `isComplete`: the call changes something; before that there is nothing to copy. */
export function CallPanel({ call, isComplete }: { call: CallToCopy; isComplete: boolean }) {
  const id = useId()
  const [chosen, setChosen] = useState(names[0] ?? '')
  const tabs = useRef<HTMLDivElement>(null)
  const text = snippets[chosen]?.(call) ?? ''

  /** Arrow keys move between tabs, in the direction of writing. */
  function move(event: KeyboardEvent) {
    const forward = words.direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const backward = words.direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
    const at = names.indexOf(chosen)
    const to = new Map([
      [forward, (at + 1) % names.length],
      [backward, (at + names.length - 1) % names.length],
      ['Home', 0],
      ['End', names.length - 1]
    ]).get(event.key)
    if (to === undefined) return
    event.preventDefault()
    setChosen(names[to] ?? '')
    tabs.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus()
  }

  return (
    <details class="call">
      <summary>{words.say('inviter.call')}</summary>
      <div class="stack">
        <p class="hint">{words.say(isComplete ? 'inviter.call-hint' : 'inviter.call-later')}</p>
        {isComplete && (
          <>
            <div class="tabs" role="tablist" ref={tabs} onKeyDown={move} aria-label={words.say('inviter.call')}>
              {names.map((name) => (
                <button
                  type="button"
                  role="tab"
                  id={`${id}-${name}`}
                  aria-selected={name === chosen}
                  aria-controls={`${id}-panel`}
                  tabIndex={name === chosen ? 0 : -1}
                  onClick={() => setChosen(name)}
                >
                  {name}
                </button>
              ))}
            </div>
            <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
              <pre dir="ltr" tabIndex={0}>
                <code>{text}</code>
              </pre>
              <Copy text={text} />
            </div>
          </>
        )}
      </div>
    </details>
  )
}
