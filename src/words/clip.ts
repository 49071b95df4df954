// Cuts names that are too long for their place.

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The text, or its first `length` - 1 characters as readers count them, and an ellipsis. */
export function clipped(text: string, length: number): string {
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment)
  if (characters.length <= length) return text
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`
}

/** The lengths to which names are cut, one after the other. */
const lengths = [200, 60, 40, 30, 24, 18, 14, 10, 6]

/**
 * The first text that `fits`, of those that `makers` make for names of each length; the last one where none does. A maker
 * that is not the last one gives its place to the next before its names get shorter than 14 characters.
 */
export function fitting(makers: ((length: number) => string)[], fits: (text: string) => boolean): string {
  let text = ''
  for (const [index, make] of makers.entries()) {
    for (const length of lengths) {
      if (length < 14 && index < makers.length - 1) break
      text = make(length)
      if (fits(text)) return text
    }
  }
  return text
}
