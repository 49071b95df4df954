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

/** The longest text that `make` makes for a length of its names, and that `fits`; else its shortest. */
export const fitting = (
  make: (length: number) => string,
  most: number,
  sizeOf = (text: string) => Array.from(text).length
) => make(lengths.find((length) => sizeOf(make(length)) <= most) ?? lengths.at(-1) ?? 1)
