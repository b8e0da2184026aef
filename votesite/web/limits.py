"""How long the text of each field may be, as `limit` in every template: read from the rules."""

from collections.abc import Mapping

from votesite.domain.candidates.fields import Dossier
from votesite.domain.decisions import honour_proposals
from votesite.domain.decisions.proposals import MAX_WHY
from votesite.domain.hearing import answering, hearings, holiday_lists
from votesite.domain.hearing.objections import ObjectionForm
from votesite.domain.integrity.appeals import MAX_TEXT as MAX_APPEAL
from votesite.domain.integrity.cases import MAX_NOTE
from votesite.domain.integrity.regions import MAX_REGION
from votesite.domain.media.pictures import MAX_ALT
from votesite.domain.nominations.fields import MAX_CRITERION, NominationForm
from votesite.domain.nominations.review import MAX_REPLY
from votesite.domain.schemas import column_limit, limits
from votesite.domain.scoring import drafts, practice
from votesite.domain.setup.folder.oversight import ElectorateTable
from votesite.domain.setup.folder.settings import ApprovalTable, CampaignFile, OrganisersTable
from votesite.domain.staff.accounts import MAX_NAME
from votesite.domain.staff.passwords import MAX_PASSWORD
from votesite.domain.surveys.questions import MAX_TEXT as MAX_ANSWER
from votesite.models.campaigns import Campaign

LIMITS: Mapping[str, int | Mapping[str, int]] = {
    "account": MAX_NAME,
    "answer": MAX_ANSWER,
    "appeal": MAX_APPEAL,
    "approval": limits(ApprovalTable),
    "calendar": holiday_lists.MAX_SOURCE,
    "campaign": {**limits(CampaignFile), "slug": column_limit(Campaign.slug)},
    "candidate": limits(Dossier),
    "caption": MAX_ALT,
    "electorate": limits(ElectorateTable),
    "nomination": {**limits(NominationForm), "criterion": MAX_CRITERION},
    "honour": {
        "name": honour_proposals.MAX_NAME,
        "source": honour_proposals.MAX_SOURCE,
        "reply": honour_proposals.MAX_REPLY,
        "lot": honour_proposals.MAX_LOT,
    },
    "note": MAX_NOTE,
    "objection": {
        **limits(ObjectionForm),
        "hearing": hearings.MAX_REPLY,
        "question": hearings.MAX_QUESTION,
        "reason": answering.MAX_REASON,
    },
    "organisers": limits(OrganisersTable),
    "password": MAX_PASSWORD,
    "region": MAX_REGION,
    "reply": MAX_REPLY,
    "sheet": {
        "note": drafts.MAX_NOTE,
        "reason": drafts.MAX_REASON,
        "score": drafts.MAX_SCORE,
        "text": practice.MAX_TEXT,
        "title": practice.MAX_TITLE,
    },
    "why": MAX_WHY,
}
