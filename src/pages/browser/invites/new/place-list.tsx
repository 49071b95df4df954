// A list of places to choose from, with a search by name.
import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Field, Notice } from '../../kit/parts.js'
import { useCall } from '../session-context.js'
import type { Page } from '../types.js'
import type { Target } from './draft.js'
import { targetOf, type Place, type PlaceKind } from './places.js'
import { sentenceOf } from './problems.js'

interface PlaceListProps {
  kind: PlaceKind
  /** The location of the instances. */
  location?: Target
  onChoose: (target: Target) => void
  problem: string | undefined
}

const aPage = 6
/** A person has typed to the end when no key was pressed for this time. */
const pauseMs = 250

export function PlaceList({ kind, location, onChoose, problem }: PlaceListProps) {
  const call = useCall()
  const [search, setSearch] = useState('')
  const [limit, setLimit] = useState(aPage)
  const [page, setPage] = useState<Pick<Page<Place>, 'data' | 'total'>>()
  const [trouble, setTrouble] = useState('')
  const isFirst = useRef(true)

  useEffect(() => {
    const aborter = new AbortController()
    // Instances are found by the name of their location. Another location may have the same one.
    const text = location ? location.name : search.trim()
    const query = new URLSearchParams({
      $limit: String(location ? 100 : limit),
      ...(text !== '' && { search: text })
    })
    const timer = setTimeout(
      () =>
        void call<Page<Place>>('GET', `${kind}?${query}`, { signal: aborter.signal })
          .then(({ body }) => {
            const data = body.data.filter(({ locationId }) => !location || locationId === location.id)
            setPage({ data, total: location ? data.length : body.total })
            setTrouble('')
          })
          .catch((error) => aborter.signal.aborted || setTrouble(sentenceOf(error))),
      isFirst.current ? 0 : pauseMs
    )
    isFirst.current = false
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [kind, location, search, limit])

  const isEmpty = page?.total === 0
  return (
    <div class="stack">
      {kind !== 'instance' && (
        <Field label={words.say('inviter.new.search')}>
          {(attributes) => (
            <input
              {...attributes}
              type="search"
              autocomplete="off"
              maxLength={100}
              value={search}
              onInput={({ currentTarget }) => setSearch(currentTarget.value)}
              onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
            />
          )}
        </Field>
      )}
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <div role="status">{isEmpty && <p class="quiet">{words.say(`inviter.new.none.${kind}`)}</p>}</div>
      {problem && <p class="problem">{problem}</p>}
      {page && !isEmpty && (
        <ul class="places">
          {page.data.map((place) => (
            <li key={place.id}>
              <Button class="place" onClick={() => onChoose(targetOf(place))}>
                {words.name(targetOf(place).name)}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {page && page.total > page.data.length && (
        <Button class="small" kind="plain" onClick={() => setLimit(Math.min(100, limit * 3))}>
          {words.say('inviter.new.show-more')}
        </Button>
      )}
    </div>
  )
}
