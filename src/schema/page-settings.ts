// The settings of the pages: which there are, how they look, and where they lead.
import { Type, type Static } from '@sinclair/typebox'
import { closed } from './formats.js'
import { setting } from './setting.js'

const color = '^(#[0-9a-fA-F]{6})?$'
const address = '^(https?://[^\\s]+|mailto:[^\\s]+)?$'

/** A part of the settings in settings.ts. */
export const pageSettings = Type.Object(
  {
    landing: setting(Type.Boolean(), {
      env: 'PAGES_LANDING',
      default: true,
      about: 'Whether links lead to the page of this service, `/i/<id>`; also `/verify` and `/reset`.'
    }),
    inviter: setting(Type.Boolean(), {
      env: 'PAGES_INVITER',
      default: true,
      about: 'Whether there is the page of the inviter, `/invites`.'
    }),
    mailbox: setting(Type.Boolean(), {
      env: 'PAGES_MAILBOX',
      default: true,
      production: false,
      about:
        'Outside production: whether there is the mailbox of the developer, `/dev/mailbox`; it takes the messages that have no other carrier, on a loopback host and with a database of this machine.'
    }),
    acceptUrl: setting(Type.String(), {
      env: 'ACCEPT_URL',
      default: '',
      example: 'https://app.example.com/join/{inviteType}/{targetObjectId}',
      about:
        'Where “Continue” leads after an acceptance, with `{inviteType}`, `{targetObjectId}`, `{locationId}`, `{instanceId}` and `{spawnType}` in it.'
    })
  },
  closed
)

/** A part of the settings in settings.ts. */
export const brandSettings = Type.Object(
  {
    name: setting(Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }), {
      env: 'BRAND_NAME',
      default: 'Invites',
      about: 'The name at the top of each page.'
    }),
    logoFile: setting(Type.String(), {
      env: 'BRAND_LOGO_FILE',
      default: '',
      about: 'A file with the logo beside the name, an SVG, PNG or WebP of at most 64 KB.'
    }),
    color: setting(Type.String({ pattern: color }), {
      env: 'BRAND_COLOR',
      form: 'a colour of six hexadecimal digits',
      example: '#1f56b3',
      default: '',
      about: 'The colour of buttons and links on a light page.'
    }),
    darkColor: setting(Type.String({ pattern: color }), {
      env: 'BRAND_COLOR_DARK',
      form: 'a colour of six hexadecimal digits',
      example: '#8db8ff',
      default: '',
      about: 'The same on a dark page.'
    }),
    footer: setting(Type.String({ maxLength: 300 }), {
      env: 'BRAND_FOOTER',
      default: '',
      about: 'A text at the end of each page.'
    }),
    footerUrl: setting(Type.String({ pattern: address }), {
      env: 'BRAND_FOOTER_URL',
      form: 'an http, https or mailto URL',
      example: 'https://example.com/privacy',
      default: '',
      about: 'Where that text leads.'
    })
  },
  closed
)
export type PageSettings = Static<typeof pageSettings>
export type BrandSettings = Static<typeof brandSettings>

/** The ground of the pages, light and dark, as `src/pages/browser/kit/style.css` has it. */
const grounds = { light: '#ffffff', dark: '#1c222c' }

const part = (value: number) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const luminance = (hex: string) =>
  [0.2126, 0.7152, 0.0722].reduce(
    (sum, weight, at) => sum + weight * part(Number.parseInt(hex.slice(1 + 2 * at, 3 + 2 * at), 16) / 255),
    0
  )

/** The contrast of two colours, from 1 to 21, as WCAG 2 defines it. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The names that a template may have in braces: the texts of a landing. */
export const landingKeys = ['inviteType', 'targetObjectId', 'locationId', 'instanceId', 'spawnType'] as const

/** Whether it is an http or https URL whose origin has no part in braces, and whose parts in braces are known. */
function isTemplate(text: string): boolean {
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name)
  const known: readonly (string | undefined)[] = landingKeys
  try {
    const { protocol } = new URL(text.replace(/\{[^{}]*\}/g, 'x'))
    // Up to the path: no name in braces, nobody's password, no backslash, which a browser reads as a slash.
    const isWhole = /^https?:\/\/[^/?#@{}\\\s]+(?:[/?#]|$)/i.test(text)
    return /^https?:$/.test(protocol) && isWhole && names.every((name) => known.includes(name))
  } catch {
    return false
  }
}

/** The problems of the settings of the pages. */
export function* pageProblems({ acceptUrl }: PageSettings, { color, darkColor }: BrandSettings): Generator<string> {
  if (acceptUrl && !isTemplate(acceptUrl)) {
    yield `ACCEPT_URL: must be an http or https URL of one origin, with no names in braces but ${landingKeys.join(', ')}, for example https://app.example.com/join/{inviteType}/{targetObjectId}`
  }
  const shades = [
    ['BRAND_COLOR', color, grounds.light, 'light', 'darker'],
    ['BRAND_COLOR_DARK', darkColor, grounds.dark, 'dark', 'lighter']
  ] as const
  for (const [name, value, ground, scheme, other] of shades) {
    if (value && contrast(value, ground) < 4.5) {
      yield `${name}: must have a contrast of 4.5 or more with the ${scheme} page, ${ground}: choose a ${other} colour`
    }
  }
}
