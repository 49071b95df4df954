// A link as a QR code: for mail programs as PNG, with one bit for each point; for pages as SVG.
import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

/** The modules, row by row; a dark one is true. The light border that readers need is part of them. */
const modulesOf = (text: string, ecc: 'low' | 'medium'): boolean[][] =>
  encodeQR(text, 'raw', { ecc, border: 4, scale: 1 })

/** Points for each side of a module: twice those that are shown, for screens with twice the points. */
const points = 6

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** One row of points: a byte for the filter, none, and the points from the highest bit down. A light one is 1. */
function rowOf(modules: boolean[], width: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8))
  for (let x = 0; x < width; x += 1) {
    const isDark = modules[Math.floor(x / points)]
    const at = 1 + (x >> 3)
    if (!isDark) row[at] = (row[at] ?? 0) | (0x80 >> (x & 7))
  }
  return row
}

/** The picture as PNG, and the length of its side where it is shown. The light border is part of it. */
export function qrCode(text: string): { png: Buffer; side: number } {
  // A screen is clean: the least correction makes the largest modules.
  const modules = modulesOf(text, 'low')
  const width = modules.length * points
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(width, 4)
  // One bit a point, in shades of grey.
  header[8] = 1
  const rows = modules.flatMap((line) => {
    const row = rowOf(line, width)
    return Array.from({ length: points }, () => row)
  })
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0))
  ])
  return { png, side: width / 2 }
}

/** The dark modules of a row, as lines of the path from the point (0, y); `at` is the end of the last line before. */
function linesOf(modules: boolean[], y: number, at: { x: number; y: number }): string {
  return modules
    .map((isDark, x) => {
      if (!isDark || modules[x - 1]) return ''
      const end = modules.indexOf(false, x)
      const line = `m${x - at.x} ${y - at.y}h${end - x}`
      Object.assign(at, { x: end, y })
      return line
    })
    .join('')
}

/** The picture as an SVG document without a size of its own: one path, black on white. It is sharp at every size. */
export function qrCodeSvg(text: string): string {
  // It may be printed: stains and folds need more correction than a screen.
  const modules = modulesOf(text, 'medium')
  const side = modules.length
  const at = { x: 0, y: 0 }
  const lines = modules.map((line, y) => linesOf(line, y, at)).join('')
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">` +
    `<rect width="100%" height="100%" fill="#fff"/><path stroke="#000" d="M0 .5${lines}"/></svg>`
  )
}
