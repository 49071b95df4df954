// Where the reader is: the hash of the address.
import { useEffect, useState } from 'preact/hooks'
import type { ListChoice } from '../list/choice.js'
import { hashOf, placeOf, type Place } from './views.js'

/** `choose` changes the filters of a list: the address says them, and "back" leads to the view before. */
export function usePlace(): { place: Place; choose: (choice: ListChoice) => void } {
  const [place, setPlace] = useState(() => placeOf(location.hash))
  useEffect(() => {
    const read = () => setPlace(placeOf(location.hash))
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return {
    place,
    choose: (choice) => {
      const next = { ...place, choice }
      history.replaceState(null, '', hashOf(next))
      setPlace(next)
    }
  }
}
