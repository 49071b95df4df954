// Tabs: one is in the order of the keyboard, the arrows lead to the others.
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { words } from './page.js'
import './tabs.css'

interface TabsProps<Name extends string> {
  /** The label of the row of tabs. */
  label: string
  names: readonly Name[]
  chosen: Name
  choose: (name: Name) => void
  /** The content of the chosen tab. */
  children: ComponentChildren
}

/** The tab that a key leads to. The arrows follow the direction of writing. */
function stepOf(key: string, at: number, count: number): number | undefined {
  const [forward, backward] = words.direction === 'rtl' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft']
  if (key === forward) return (at + 1) % count
  if (key === backward) return (at + count - 1) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}

export function Tabs<Name extends string>({ label, names, chosen, choose, children }: TabsProps<Name>) {
  const id = useId()
  const row = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const to = names[stepOf(event.key, names.indexOf(chosen), names.length) ?? -1]
    if (to === undefined) return
    event.preventDefault()
    choose(to)
    row.current?.querySelector<HTMLElement>(`[data-name="${to}"]`)?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-name={name}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </>
  )
}
