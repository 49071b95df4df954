// POST /invite/<id>/preview: shows an invite to a client that holds its passcode.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { networkOf } from '../../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed } from '../../../schema/formats.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { guesser, passcode, inviteIdOf } from './passcode-params.js'
import { previewInvite, type Preview } from './preview.js'

/** Each preview is in the history of its invite. A school may follow its links from one network. */
const previewsPerNetwork: Quota = { name: 'previewsPerNetwork', reason: 'quota-previews', points: 3000, seconds: hour }

export const previewDataSchema = Type.Object({ passcode: passcode() }, closed)
type PreviewData = Static<typeof previewDataSchema>

export class PreviewService implements ServiceInterface<Preview, PreviewData> {
  constructor(private readonly options: { db: Knex; quotas: Quotas }) {}

  async create(data: PreviewData, params: Params): Promise<Preview> {
    const { db, quotas } = this.options
    const id = inviteIdOf(params)
    await requirePasscode(this.options, guesser(params), id, data.passcode)
    await quotas.spend(previewsPerNetwork, networkOf(params.ip))
    return previewInvite(db, id, data.passcode, params.caller?.id ?? null)
  }
}
