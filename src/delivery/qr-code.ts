// A link as a QR code: in a picture that mail programs show, PNG with one bit for each point, and as SVG for pages.
import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

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

/** Light modules around the code, without which readers do not find it. */
const border = 4

/** An SVG document of one path over a white ground, which can be shown and printed in any size. */
export function qrSvg(text: string): string {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border, scale: 1 })
  const side = modules.length
  const bars = modules.flatMap((line, y) => barsOf(line).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${bars.join('')}"/></svg>`
  ].join('')
}

/** The runs of dark modules in a line: where each begins, and how long it is. */
function barsOf(line: boolean[]): [x: number, width: number][] {
  const bars: [number, number][] = []
  let start: number | undefined
  for (const [x, isDark] of [...line, false].entries()) {
    if (isDark) start ??= x
    else if (start !== undefined) {
      bars.push([start, x - start])
      start = undefined
    }
  }
  return bars
}

/** The picture, and the length of its side where it is shown. The light border is part of it. */
export function qrCode(text: string): { png: Buffer; side: number } {
  // A screen is clean: the least correction makes the largest modules.
  const modules = encodeQR(text, 'raw', { ecc: 'low', border, scale: 1 })
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
