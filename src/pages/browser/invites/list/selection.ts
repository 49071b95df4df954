// The invites that are selected: some by hand, or all that match the filter of the list.
import { useEffect, useState } from 'preact/hooks'
import type { Invite } from '../types.js'
import { idsFilter, mostSelected, type Filter } from './filter.js'

export interface Selection {
  /** Everything that matches the filter, loaded or not. */
  isAll: boolean
  /** How many, when they were selected by hand. */
  count: number
  has: (invite: Invite) => boolean
  choose: (invite: Invite, selected: boolean) => void
  chooseLoaded: (selected: boolean) => void
  chooseAll: () => void
  chooseOnly: (invite: Invite) => void
  clear: () => void
  /** The filter of the selected invites. */
  filter: Filter
}

const nothing: ReadonlySet<string> = new Set()

/** A selection belongs to the filter it was made with: another filter begins without one. */
export function useSelection(rows: readonly Invite[], listFilter: Filter): Selection {
  const [ids, setIds] = useState(nothing)
  const [isAll, setAll] = useState(false)
  const clear = () => {
    setIds(nothing)
    setAll(false)
  }
  const key = JSON.stringify(listFilter)
  useEffect(clear, [key])

  const set = (chosen: Iterable<string>) => {
    setAll(false)
    setIds(new Set([...chosen].slice(0, mostSelected)))
  }
  const loaded = rows.map(({ id }) => id)
  return {
    isAll,
    count: ids.size,
    has: ({ id }) => isAll || ids.has(id),
    choose: ({ id }, selected) => {
      const others = (isAll ? loaded : [...ids]).filter((other) => other !== id)
      set(selected ? [...others, id] : others)
    },
    chooseLoaded: (selected) => set(selected ? loaded : []),
    chooseAll: () => setAll(true),
    chooseOnly: ({ id }) => set([id]),
    clear,
    filter: isAll ? listFilter : idsFilter([...ids])
  }
}
