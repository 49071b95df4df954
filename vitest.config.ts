// Every test runs on the embedded database, and again on the Postgres that TEST_DATABASE_URL names, if it does.
import { defineConfig } from 'vitest/config'

const on = (database: 'embedded' | 'postgres') => ({
  test: {
    name: database,
    include: ['test/**/*.test.ts'],
    env: { NODE_ENV: 'test', TEST_ON: database },
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: process.env['TEST_DATABASE_URL'] ? [on('embedded'), on('postgres')] : [on('embedded')]
  }
})
