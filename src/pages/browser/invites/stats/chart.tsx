// A bar for each day, stacked by type. It is drawn here, and not by a library of charts: that would be 100 KB for what
// takes a page of code. Time runs from left to right in every language, as in the tables of numbers that readers of
// Arabic know; the words around it follow the direction of the page.
import { useEffect, useRef, useState } from 'preact/hooks'
import { data, words } from '../../kit/page.js'
import type { InviteType } from '../types.js'
import { topFor, type Bar } from './numbers.js'

interface ChartProps {
  bars: Bar[]
  /** What the chart says, for who cannot see it. */
  label: string
}

const height = 220
const edge = { top: 12, bottom: 26, left: 40, right: 8 }
const plain = height - edge.top - edge.bottom

export const dayName = (day: string) =>
  new Intl.DateTimeFormat(data.words['dates'], { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`)
  )

/** Each type has a pattern beside its colour, so that nobody needs to see colours. */
export const Patterns = () => (
  <defs>
    <pattern id="fill-friend" class="fill friend" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect width="8" height="8" />
    </pattern>
    <pattern id="fill-channel" class="fill channel" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" />
      <path d="M-1 7 7 -1M-1 1 1 -1M5 7 7 5" />
    </pattern>
    <pattern id="fill-location" class="fill location" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" />
      <circle cx="3" cy="3" r="1.5" />
    </pattern>
    <pattern id="fill-instance" class="fill instance" width="5" height="5" patternUnits="userSpaceOnUse">
      <rect width="5" height="5" />
      <path d="M0 2.5H5" />
    </pattern>
    <pattern id="fill-new-user" class="fill new-user" width="7" height="7" patternUnits="userSpaceOnUse">
      <rect width="7" height="7" />
      <path d="M0 3.5H7M3.5 0V7" />
    </pattern>
  </defs>
)

/** The width of an element on the screen, so that text in a drawing keeps its size. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(640)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(200, entry.contentRect.width)))
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  return { element, width }
}

function Stack({ bar, x, width, scale }: { bar: Bar; x: number; width: number; scale: number }) {
  let y = edge.top + plain
  return (
    <g>
      <title>{`${dayName(bar.day)}: ${words.number(bar.total)}`}</title>
      {bar.parts.map(({ type, count }) => {
        if (count === 0) return null
        y -= count * scale
        return <rect class="part" x={x} y={y} width={width} height={count * scale} fill={`url(#fill-${type})`} />
      })}
    </g>
  )
}

export function Chart({ bars, label }: ChartProps) {
  const { element, width } = useWidth()
  const top = topFor(Math.max(...bars.map(({ total }) => total)))
  const slot = (width - edge.left - edge.right) / bars.length
  const gap = slot > 6 ? Math.min(slot * 0.25, 8) : 1
  const xOf = (index: number) => edge.left + index * slot
  const yOf = (count: number) => edge.top + plain - (count / top) * plain
  const marked = [0, Math.floor((bars.length - 1) / 2), bars.length - 1]
  return (
    <div ref={element} class="chart">
      <svg role="img" aria-label={label} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <Patterns />
        {[0, top / 2, top].map((count) => (
          <g key={count}>
            <line class="grid" x1={edge.left} x2={width - edge.right} y1={yOf(count)} y2={yOf(count)} />
            <text x={edge.left - 6} y={yOf(count) + 4} text-anchor="end">
              {words.number(count)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <Stack key={bar.day} bar={bar} x={xOf(index) + gap / 2} width={slot - gap} scale={plain / top} />
        ))}
        {marked.map((index, at) => {
          const anchor = ['start', 'middle', 'end'][at]
          const x = xOf(index) + (slot * at) / 2
          return (
            <text key={at} x={x} y={height - 8} text-anchor={anchor}>
              {bars[index] && words.name(dayName(bars[index].day))}
            </text>
          )
        })}
      </svg>
    </div>
  )
}

export const Legend = ({ types }: { types: InviteType[] }) => (
  <ul class="legend">
    {types.map((type) => (
      <li key={type}>
        <svg width="16" height="16" aria-hidden="true">
          <rect class="part" width="16" height="16" fill={`url(#fill-${type})`} />
        </svg>
        {words.say(`inviter.type.${type}`)}
      </li>
    ))}
  </ul>
)
