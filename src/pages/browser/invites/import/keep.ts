// Keeps the job of a list in this tab, so that it goes on after a reload. It ends with the tab: a list of addresses stays
// no longer on a machine than it must.
import { base } from '../../kit/page.js'
import type { Job } from './job.js'

/** Another person on this browser does not see the list. */
const keyOf = (userId: string) => `invite-service:${base.pathname}:list:${userId}`

export function keptJob(userId: string): Job | undefined {
  try {
    const job = JSON.parse(sessionStorage.getItem(keyOf(userId)) ?? 'null') as Job | null
    return job && Array.isArray(job.rows) && Array.isArray(job.results) ? job : undefined
  } catch {
    return undefined
  }
}

/** A browser may forbid its stores, or have no room: then a reload forgets the job. */
export function keepJob(userId: string, job: Job | undefined): void {
  try {
    if (job) sessionStorage.setItem(keyOf(userId), JSON.stringify(job))
    else sessionStorage.removeItem(keyOf(userId))
  } catch {
    // The job goes on in the memory of the page.
  }
}
