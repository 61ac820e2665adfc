from django.contrib import admin
from jobs.cluster import scale
from jobs.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    actions = ["rescale"]

    def rescale(self, request, queryset):
        for job in queryset:
            scale.delay(job.pk)
