// Names as they stand in a message: mail programs make links of the addresses in a plain text, so no name may look like
// an address.

/** Where a space goes into a name. Some mail programs read the wide forms of a dot, a colon and an `@` as well. */
const joints = [
  // After a dot inside a word: example.com, www.example.com, 10.0.0.1.
  /(?<=[.\u2024\u3002\ufe52\uff0e\uff61])(?=[\p{L}\p{N}\p{M}\p{S}\p{Cf}])/u,
  // After the colon of a scheme: https://, mailto:.
  /(?<=\p{L}[:\ufe55\uff1a])(?=\S)/u,
  /(?<=[:\ufe55\uff1a])(?=[/\\\uff0f])/u,
  // After an @ inside a word, whatever host follows.
  /(?<=\S[@\ufe6b\uff20])(?=\S)/u,
  // Between the two backslashes of a shared folder.
  /(?<=\\)(?=\\)/u
]
const joint = new RegExp(joints.map(({ source }) => source).join('|'), 'gu')

/**
 * Our own doors refuse names with these characters, but names come from other logins too. They turn the text after the
 * name around, or begin a new line in a header.
 */
const turns = /[\u202a-\u202e\u2066-\u2069]/gu
const breaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/** A phone number, which phones offer to call: seven digits after a plus, or nine. A date has eight. */
const phoneNumber = /\+(?:[\s().-]*\p{Nd}){7,}|\p{Nd}(?:[\s().-]*\p{Nd}){8,}/gu

/** The digits of a number in groups that no phone dials: +1, 900, 555, 0199. */
const grouped = (number: string) => (number.match(/\+?\p{Nd}{1,4}/gu) ?? []).join(', ')

/** A name of one line, that no mail program turns into a link. An ordinary name stays as it is. */
export const plainName = (name: string) =>
  name.replace(turns, '').replace(breaks, ' ').replace(phoneNumber, grouped).replace(joint, ' ')
