// The search, the filters and the order of a list.
import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { inviteTypes, sorts, statuses, type ListChoice } from './choice.js'

/** A search begins when the reader has stopped typing for so long. */
const pauseMs = 300

interface FilterBarProps {
  choice: ListChoice
  choose: (choice: ListChoice) => void
}

interface ChooserProps {
  label: string
  value: string
  options: [value: string, label: string][]
  onChange: (value: string) => void
}

const Chooser = ({ label, value, options, onChange }: ChooserProps) => (
  <label class="chooser">
    <span>{label}</span>
    <select class="small" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map(([option, text]) => (
        <option value={option}>{text}</option>
      ))}
    </select>
  </label>
)

export function FilterBar({ choice, choose }: FilterBarProps) {
  const [search, setSearch] = useState(choice.search)
  const newest = useRef(choice)
  newest.current = choice
  useEffect(() => setSearch(choice.search), [choice.search])
  useEffect(() => {
    const text = search.trim()
    if (text === newest.current.search) return undefined
    const timer = setTimeout(() => choose({ ...newest.current, search: text }), pauseMs)
    return () => clearTimeout(timer)
  }, [search])
  /** A value comes from the options, so it is one of the words. */
  const set = (part: Partial<Record<keyof ListChoice, string>>) => choose({ ...choice, ...part } as ListChoice)

  return (
    <form class="list-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="chooser search">
        <span>{words.say('inviter.search')}</span>
        <input
          type="search"
          maxLength={100}
          placeholder={words.say('inviter.search-hint')}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </label>
      <Chooser
        label={words.say('inviter.column.status')}
        value={choice.status}
        options={[
          ['', words.say('inviter.any')],
          ...statuses.map((name): [string, string] => [name, words.say(`inviter.status.${name}`)])
        ]}
        onChange={(status) => set({ status })}
      />
      <Chooser
        label={words.say('inviter.column.target')}
        value={choice.type}
        options={[
          ['', words.say('inviter.any')],
          ...inviteTypes.map((name): [string, string] => [name, words.say(`inviter.type.${name}`)])
        ]}
        onChange={(type) => set({ type })}
      />
      <Chooser
        label={words.say('inviter.sort')}
        value={choice.sort}
        options={sorts.map((name): [string, string] => [name, words.say(`inviter.sort.${name}`)])}
        onChange={(sort) => set({ sort })}
      />
    </form>
  )
}
