// Migrations by URL: directory migrations in TypeScript run neither under vitest nor from the build.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Knex } from 'knex'

const directory = new URL('../../migrations/', import.meta.url)
const extension = /(?<!\.d)\.(ts|js)$/

/**
 * A migration's name is its file without the extension, so that source and build agree on the migrations that have run.
 */
export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () =>
    readdirSync(fileURLToPath(directory))
      .filter((file) => extension.test(file))
      .sort(),
  getMigrationName: (file) => file.replace(extension, ''),
  getMigration: (file) => import(new URL(file, directory).href)
}
