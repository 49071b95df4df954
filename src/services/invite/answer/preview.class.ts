// POST /invite/<id>/preview: shows an invite to a client that holds its passcode.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { networkOf } from '../../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { guesser, inviteIdOf, type PasscodeData } from './passcode-params.js'
import { previewInvite } from './preview.js'
import type { Preview } from './preview.schema.js'

/** Each preview is in the history of its invite. A school may follow its links from one network. */
const previewsPerNetwork: Quota = { name: 'previewsPerNetwork', reason: 'quota-previews', points: 3000, seconds: hour }

export class PreviewService implements ServiceInterface<Preview, PasscodeData> {
  constructor(private readonly options: { db: Knex; quotas: Quotas }) {}

  async create(data: PasscodeData, params: Params): Promise<Preview> {
    const { db, quotas } = this.options
    const id = inviteIdOf(params)
    await requirePasscode(this.options, guesser(params), id, data.passcode)
    await quotas.spend(previewsPerNetwork, networkOf(params.ip))
    const { preview, locale } = await previewInvite(db, id, data.passcode, params.caller)
    if (locale !== null) params.speakIn?.(locale)
    return preview
  }
}
