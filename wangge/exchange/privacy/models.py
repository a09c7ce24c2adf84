"""What a request about one's own data adds to its case."""

from django.db import models

from wangge.exchange.privacy import rules


class PrivacyRequest(models.Model):
    """个人信息请求. `sealed` (purpose `people`, context `privacy:<case id>`) is a JSON object {name, id_type, id_number, phone, text}
    of who asks and what for; `person` is set when the identity was verified against the registry."""

    case = models.OneToOneField("casework.Case", primary_key=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("请求", max_length=8, choices=list(rules.KINDS.items()))
    who = models.CharField("请求人身份", max_length=8, choices=list(rules.WHO.items()))
    sealed = models.BinaryField()
    key_version = models.SmallIntegerField(default=1)
    person = models.ForeignKey("registry.Person", null=True, on_delete=models.PROTECT, related_name="+")
    identified_by = models.CharField("核验方式", max_length=200, blank=True)
    copied_at = models.DateTimeField("副本生成时间", null=True)

    class Meta:
        verbose_name = "个人信息请求"
