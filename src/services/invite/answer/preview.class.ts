// POST /invite/<id>/preview: shows an invite to a client that holds its passcode.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { rowId } from '../../../schema/validation.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed } from '../../../schema/formats.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { guesser, passcode } from './passcode-params.js'
import { previewInvite, type Preview } from './preview.js'

const previewsPerIp: Quota = { name: 'previewsPerIp', reason: 'quota-previews', points: 300, seconds: hour }

export const previewDataSchema = Type.Object({ passcode: passcode() }, closed)
type PreviewData = Static<typeof previewDataSchema>

export class PreviewService implements ServiceInterface<Preview, PreviewData> {
  constructor(private readonly options: { db: Knex; quotas: Quotas }) {}

  async create(data: PreviewData, params: Params): Promise<Preview> {
    const { db, quotas } = this.options
    const id = rowId(params.route?.['inviteId'])
    await quotas.spend(previewsPerIp, params.ip)
    await requirePasscode(this.options, guesser(params), id, data.passcode)
    return previewInvite(db, id, data.passcode, params.caller?.id ?? null)
  }
}
