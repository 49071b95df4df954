// Every test runs on the embedded database, and again on the Postgres that TEST_DATABASE_URL names, if it does.
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { settingsOf } from './src/schema/setting.js'
import { configSchema } from './src/settings.js'

// The settings of whoever runs the tests are not those of the tests: neither what their shell exports, nor what they
// keep in config/local.json. Workers and the processes that tests start inherit this environment.
const configDirectory = fileURLToPath(new URL('node_modules/.test-config', import.meta.url))
mkdirSync(configDirectory, { recursive: true })
for (const name of ['default', 'production', 'test', 'custom-environment-variables']) {
  copyFileSync(new URL(`config/${name}.json`, import.meta.url), `${configDirectory}/${name}.json`)
}
for (const { env } of settingsOf(configSchema)) if (env !== undefined) delete process.env[env]
Object.assign(process.env, { NODE_ENV: 'test', NODE_CONFIG_DIR: configDirectory })

/**
 * Tests of pages in a browser. They run on one database: a page talks to the API, and the tests of the API run on both.
 */
const inBrowsers = ['journey', 'landing*', 'account-pages', 'inviter-*', 'mailbox-page'].map(
  (name) => `test/${name}.test.ts`
)

const on = (database: 'embedded' | 'postgres') => ({
  test: {
    name: database,
    include: ['test/**/*.test.ts'],
    exclude: database === 'postgres' ? inBrowsers : [],
    env: { NODE_ENV: 'test', NODE_CONFIG_DIR: configDirectory, TEST_ON: database },
    // Patience costs nothing where all is well: a machine that is busy with something else fails no test by that.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } }
  }
})

export default defineConfig({
  test: {
    maxWorkers: 3,
    globalSetup: ['test/support/template.ts'],
    projects: process.env['TEST_DATABASE_URL'] ? [on('embedded'), on('postgres')] : [on('embedded')]
  }
})
