// The look of the pages as the operator sets it: name, logo, colours and footer.
import { readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import type { Config } from '../config.js'
import { contrast } from '../schema/page-settings.js'

const mostBytes = 64 * 1024
const types: Record<string, string> = { '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp' }

export interface Logo {
  /** Content-Type */
  type: string
  content: Buffer
  extension: string
}

/** Undefined without one. Throws with the name of the setting when the file cannot be a logo. */
export function logoOf({ brand: { logoFile } }: Config): Logo | undefined {
  if (!logoFile) return undefined
  const extension = extname(logoFile).toLowerCase()
  const type = types[extension]
  try {
    if (type === undefined || statSync(logoFile).size > mostBytes) throw new Error('another kind of file')
    return { type, content: readFileSync(logoFile), extension }
  } catch (cause) {
    throw new Error(
      'BRAND_LOGO_FILE: must be a file of at most 64 KB that this process can read, an .svg, .png or .webp, for example config/logo.svg',
      { cause }
    )
  }
}

/** Text on a button of a colour: white, or near black where that is easier to read. */
const textOn = (color: string) => (contrast(color, '#ffffff') >= contrast(color, '#0d1420') ? '#ffffff' : '#0d1420')

const shades = (color: string) => `--act:${color};--on-act:${textOn(color)}`

/** The style rules for the colours of the configuration; they follow those of the style sheet. */
export function brandStyle({ brand: { color, darkColor } }: Config): string {
  const light = color && `:root{${shades(color)}}`
  const dark = darkColor && `@media(prefers-color-scheme:dark){:root{${shades(darkColor)}}}`
  // A light colour alone must not reach the dark page.
  const kept = color && !darkColor ? '@media(prefers-color-scheme:dark){:root{--act:#8db8ff;--on-act:#0d1420}}' : ''
  return `${light}${dark}${kept}`
}
