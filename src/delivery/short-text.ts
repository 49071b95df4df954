// The spelling of a short message: in the alphabet of phones, where a message has 160 characters, if its words allow it.

/** GSM 03.38: the characters of one septet, and those that take two. */
const single = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
)
const double = new Set('^{}\\[~]|€\f')
const isGsm = (text: string) => Array.from(text).every((character) => single.has(character) || double.has(character))

/** Marks and letters that the alphabet lacks, each before its spelling in letters that it has. */
const pairs = `“" ”" „" «" »" ’' ‘' …... –- —- łl ŁL đd ĐD ðd ÐD ıi ħh ĦH œoe ŒOE þth ÞTh`.split(' ')
const replacements = new Map(pairs.map((pair) => [pair.charAt(0), pair.slice(1)]))

/** A space without its width, or a letter without its marks: `ë` is `e`. */
const simple = (character: string) => (/\s/.test(character) ? ' ' : character.normalize('NFD').replace(/\p{M}/gu, ''))

/** The text in the alphabet of phones; as it is, where some of its letters have no place there. */
export function shortSpelling(text: string): string {
  const spelled = Array.from(text, (character) =>
    isGsm(character) ? character : (replacements.get(character) ?? simple(character))
  )
    .join('')
    // French puts a space inside its quotation marks.
    .replace(/" ([^"]*) "/g, '"$1"')
  return isGsm(spelled) ? spelled : text
}

/** How many messages a phone gets for a text. A longer text goes in parts, which are shorter than a message. */
export function messagesOf(text: string): number {
  if (isGsm(text)) {
    const septets = Array.from(text).reduce((sum, character) => sum + (double.has(character) ? 2 : 1), 0)
    return septets <= 160 ? 1 : Math.ceil(septets / 153)
  }
  // UTF-16.
  return text.length <= 70 ? 1 : Math.ceil(text.length / 67)
}

/** Whether a text is as short as this service promises: one message in Latin letters, three in other scripts. */
export const isShort = (text: string) => messagesOf(text) <= (isGsm(text) ? 1 : 3)
