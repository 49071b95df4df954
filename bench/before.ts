// An older version of the service, to measure beside this one: checked out, built, and its own database migrated by it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, useBefore } from './servers.js'

/**
 * Builds `commit` beside this checkout, with the packages of its own lockfile. Returns how to remove it.
 */
export function buildBefore(commit: string): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'invite-before-'))
  const git = (...args: string[]) => execFileSync('git', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  git('worktree', 'add', '--detach', '--force', directory, commit)
  execFileSync('npm', ['ci', '--silent', '--prefer-offline'], { cwd: directory, stdio: 'inherit' })
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: directory, stdio: 'inherit' })
  useBefore(directory)
  return () => {
    git('worktree', 'remove', '--force', directory)
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Brings an empty database to the schema of the older version, as its first start does. */
export async function migrateBefore(databaseUrl: string): Promise<void> {
  const server = await startServer('before', databaseUrl)
  await server.stop()
}
