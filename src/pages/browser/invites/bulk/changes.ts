// The fields that the panel can change, as they are typed, and the body that they make.

/** `isOn`: the invites are good between two times only; otherwise for the time of an invite without a window. */
interface Window {
  isOn: boolean
  start: string
  end: string
}

/** A time as the browser's field has it, in the zone of the reader; null when it is empty. */
const moment = (text: string) => {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}
/** An empty choice is null, which unsets the field. */
const choice = (text: string) => text || null
const flag = (text: string) => text === 'true'

/** The first text of a field that the reader chooses to change, and the value that the body gets for a text in it. */
const fields = {
  expiresAt: { first: '', read: moment },
  maxUses: { first: '10', read: Number },
  spawnType: { first: '', read: choice },
  deleteOnUse: { first: 'true', read: flag },
  locale: { first: '', read: choice },
  makeAdmin: { first: 'false', read: flag }
}

/** The fields with one text each. */
export type TextName = keyof typeof fields
export type FieldName = TextName | 'window'

/** The texts and choices of the panel. A field that is not here stays as it is. */
export type Changes = Partial<Record<TextName, string>> & { window?: Window }

export const begun = (changes: Changes, name: FieldName): Changes => ({
  ...changes,
  [name]: name === 'window' ? { isOn: true, start: '', end: '' } : fields[name].first
})

export function without(changes: Changes, name: FieldName): Changes {
  const { [name]: _, ...others } = changes
  return others
}

const windowOf = ({ isOn, start, end }: Window): Record<string, unknown> =>
  isOn ? { timed: true, startTime: moment(start), endTime: moment(end) } : { timed: false }

/** Whether every field that is to change has its value: an end must be there. */
export const isComplete = ({ window, expiresAt }: Changes) =>
  expiresAt !== '' && (!window?.isOn || moment(window.end) !== null)

/** The body of the patch. */
export function bodyOf({ window, ...texts }: Changes): Record<string, unknown> {
  const names = Object.keys(texts) as TextName[]
  return {
    ...Object.fromEntries(names.map((name) => [name, fields[name].read(texts[name] ?? '')])),
    ...(window && windowOf(window))
  }
}
