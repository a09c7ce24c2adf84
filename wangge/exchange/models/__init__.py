"""Tables of the exchange, by noun."""

from wangge.exchange.models.linking import Link as Link
from wangge.exchange.models.linking import LinkModel as LinkModel
from wangge.exchange.models.linking import LinkRun as LinkRun
from wangge.exchange.models.records import Intake as Intake
from wangge.exchange.models.records import Record as Record
from wangge.exchange.models.sharing import Dataset as Dataset
from wangge.exchange.models.sharing import Delivery as Delivery
from wangge.exchange.models.sharing import ShareRequest as ShareRequest
from wangge.exchange.models.sources import CodeMap as CodeMap
from wangge.exchange.models.sources import QualityRule as QualityRule
from wangge.exchange.models.sources import Source as Source
from wangge.exchange.privacy.models import PrivacyRequest as PrivacyRequest
