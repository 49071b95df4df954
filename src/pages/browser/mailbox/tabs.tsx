// Tabs: one is in the order of the keyboard, the arrows lead to the others.
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'

interface TabsProps<Name extends string> {
  /** The label of the row of tabs. */
  label: string
  names: readonly Name[]
  chosen: Name
  choose: (name: Name) => void
  /** The content of the chosen tab. */
  children: ComponentChildren
}

/** How far a key leads, among `count` tabs. */
const steps: Partial<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1
}

export function Tabs<Name extends string>({ label, names, chosen, choose, children }: TabsProps<Name>) {
  const id = useId()
  const row = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const to = names[steps[event.key]?.(names.indexOf(chosen), names.length) ?? -1]
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
      <div class="panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </>
  )
}
