// The places that a person may invite to.
import { words } from '../../kit/page.js'
import type { Target } from './draft.js'

export type PlaceKind = 'channel' | 'location' | 'instance'

/** A row of `GET /channel`, `/location` or `/instance`: an instance has no name. */
export interface Place {
  id: string
  name?: string
  locationId?: string
  createdAt: string
}

/** An instance has no name: the time of its start tells it from others. */
export const targetOf = (place: Place): Target => ({
  id: place.id,
  name: place.name ?? words.say('inviter.new.since', { time: words.shortTime(place.createdAt, false) })
})
