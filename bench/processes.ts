// The CPU and memory of processes, as Linux counts them. On other systems, or for a remote Postgres, they are unknown.
import { readdirSync, readFileSync } from 'node:fs'

/** /proc counts in hundredths of a second, on every Linux that Node runs on. */
const ticksPerSecond = 100

function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in brackets, may hold anything: fields are counted after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** A process and its descendants: a cluster is measured whole. */
export function familyOf(pid: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean)
  const parents = new Map(pids.map((child) => [child, Number(statOf(child)?.[1])]))
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

const secondsOf = (stat: string[] | undefined) => (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)) / ticksPerSecond

/** User and system time so far, in seconds. */
export const cpuSeconds = (pids: number[]): number => pids.reduce((sum, pid) => sum + secondsOf(statOf(pid)), 0)

/** The same of every process of Postgres, by id: whose they are is asked later. */
export function postgresSeconds(): Map<number, number> {
  const pids = readdirSync('/proc').map(Number).filter(Boolean)
  return new Map(pids.filter((pid) => nameOf(pid) === 'postgres').map((pid) => [pid, secondsOf(statOf(pid))]))
}

/** Resident memory, in MB. */
export function residentMegabytes(pids: number[]): number {
  let kilobytes = 0
  for (const pid of pids) {
    try {
      kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      // Gone since.
    }
  }
  return kilobytes / 1024
}
